package dev.magpie.bot;

import dev.magpie.search.Entry;
import dev.magpie.search.SearchIndex;
import dev.magpie.search.SearchOptions;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;

/**
 * Measures how fast the bot searches: {@code java -cp target/magpie.jar dev.magpie.bot.BenchmarkBot meaning|titles [--entries N] [--rate
 * N] [--seconds N] [--folder F]}. {@code meaning} is 10,000 articles by words and meaning at 50 questions a second; making their vectors
 * takes some minutes, once for a folder. {@code titles} is 1,000,000 titles by words at 200 a second, indexed by two threads. Open loop:
 * questions are sent on schedule even if earlier ones are pending, and latency counts from the scheduled time.
 */
public final class BenchmarkBot {
  private static final String[] WHO = "个人 企业 校园 家庭 老年 儿童 海外 线上 门店 会员 新用户 老客户 合作伙伴 供应商 代理商 学生 教师 医护 军人 游客".split(" ");
  private static final String[] WHAT =
      ("套餐 账户 密码 发票 订单 快递 宽带 流量 话费 积分 优惠券 银行卡 信用卡 贷款 保险 理赔 合同 电子签名 地址 手机号 邮箱 头像 昵称 实名认证 指纹登录 路由器 机顶盒 打印机 摄像头 门锁 "
      + "空调 洗衣机 冰箱 电视 充电器 电池 屏幕 键盘 耳机 手表 打车 外卖 酒店 机票 火车票 景区门票 停车 加油 洗车 年检 驾照 社保 医保 公积金 个税 护照 签证 居住证 学籍 成绩 论文").split(" ");
  private static final String[] HOW = ("怎么办理 如何取消 无法登录 多久到账 怎么修改 怎么查询 为什么失败 怎么申请退款 在哪里下载 需要什么材料 收费标准是什么 怎么续费 怎么开通 怎么关闭 怎么转让 怎么绑定 怎么解绑 怎么投诉 "
      + "怎么预约 怎么升级 丢了怎么办 坏了怎么修 被冻结了怎么办 过期了怎么处理 可以代办吗 支持哪些城市 有什么限制 怎么导出 怎么打印 怎么共享").split(" ");
  private static final String[] WHERE =
      "北京 上海 广州 深圳 杭州 南京 成都 重庆 武汉 西安 苏州 天津 长沙 郑州 青岛 沈阳 宁波 昆明 大连 厦门 合肥 佛山 福州 哈尔滨 济南 温州 长春 石家庄 常州 泉州 南宁 贵阳 南昌 太原".split(" ");
  private static final String[] WHEN = "春节期间 周末 夜间 工作日 国庆期间 年底 月初 月底 新版 旧版 第一次 再次".split(" ");
  private static final String[] ASK = {"请问%s", "%s啊", "我想知道%s", "%s？", "你好，%s", "麻烦问下%s谢谢"};

  /** Latency recorded for a question that the full queue rejected. */
  private static final long UNANSWERED = Long.MAX_VALUE;

  private final boolean meaning;
  private int entries;
  private int rate;
  private int seconds = 30;
  private Path folder;

  private BenchmarkBot(boolean meaning) {
    this.meaning = meaning;
    this.entries = meaning ? 10_000 : 1_000_000;
    this.rate = meaning ? 50 : 200;
    this.folder = Path.of(System.getProperty("java.io.tmpdir"), "magpie-benchmark");
  }

  public static void main(String[] args) throws Exception {
    System.setProperty("magpie.log.target", "System.err");
    if (args.length == 0 || !List.of("meaning", "titles").contains(args[0]) || args.length % 2 == 0) {
      System.err.println("usage: BenchmarkBot meaning|titles [--entries N] [--rate N] [--seconds N] [--folder F]");
      System.exit(2);
    }
    BenchmarkBot benchmark = new BenchmarkBot(args[0].equals("meaning"));
    for (int i = 1; i + 1 < args.length; i += 2) benchmark.set(args[i], args[i + 1]);
    benchmark.run();
    System.exit(0);
  }

  private void set(String option, String value) {
    switch (option) {
      case "--entries" -> entries = Integer.parseInt(value);
      case "--rate" -> rate = Integer.parseInt(value);
      case "--seconds" -> seconds = Integer.parseInt(value);
      case "--folder" -> folder = Path.of(value);
      default -> throw new IllegalArgumentException("no option " + option);
    }
  }

  private void run() throws Exception {
    Vertx vertx = Vertx.vertx();
    SearchThreads threads = new SearchThreads(vertx);
    long before = resident();
    try (SearchIndex index = SearchIndex.open(new SearchOptions(folder, meaning, 0))) {
      long begun = System.nanoTime();
      build(index);
      print("entries %d", index.size());
      print("indexed by words in %.1f s", seconds(begun));
      print("on disk %.1f MiB", index.bytes() / 1048576.0);
      while (index.waitingForMeaning() > 0) Thread.sleep(100);
      if (meaning) print("meaning ready after %.1f s", seconds(begun));
      List<String> questions = questions();
      ask(index, threads, questions, Math.min(10, seconds));
      long[] nanos = ask(index, threads, questions, seconds);
      Arrays.sort(nanos);
      print("asked %d at %d/s, not answered %d", nanos.length, rate, Arrays.stream(nanos).filter(each -> each == UNANSWERED).count());
      for (double share : new double[] {0.5, 0.95, 0.99, 0.999})
        print("p%s %.2f ms", String.valueOf(share * 100).replaceAll("\\.0$", ""), nanos[(int) (nanos.length * share)] / 1e6);
      System.gc();
      print("resident %.0f MiB, before the bot %.0f MiB", resident() / 1024.0, before / 1024.0);
    }
    vertx.close();
  }

  private void build(SearchIndex index) throws InterruptedException {
    List<Thread> writers = IntStream.range(0, 2).mapToObj(half -> new Thread(() -> {
      for (int i = half; i < entries; i += 2) index.add(entry(i));
    })).toList();
    writers.forEach(Thread::start);
    for (Thread writer : writers) writer.join();
    index.built();
  }

  private Entry entry(int i) {
    String title = title(i);
    return new Entry(String.format("%024x", i), title, List.of(), List.of(), meaning ? body(i, title) : "");
  }

  /** Unique for each number below 14 million. */
  private static String title(int i) {
    int rest = i;
    StringBuilder title = new StringBuilder();
    String[][] parts = {HOW, WHAT, WHO, WHERE, WHEN};
    String[] said = new String[parts.length];
    for (int part = 0; part < parts.length; part++) {
      said[part] = parts[part][rest % parts[part].length];
      rest /= parts[part].length;
    }
    return title.append(said[3]).append(said[4]).append(said[2]).append(said[1]).append(said[0]).toString();
  }

  /** About 200 characters: three vectors beside the title's. */
  private static String body(int i, String title) {
    Random random = new Random(i);
    StringBuilder body = new StringBuilder(title).append("。");
    while (body.length() < 200) {
      body.append(pick(WHEN, random)).append("，").append(pick(WHO, random)).append("的").append(pick(WHAT, random)).append("请到")
          .append(pick(WHERE, random)).append("营业厅说明").append(pick(HOW, random)).append("。");
    }
    return body.toString();
  }

  private List<String> questions() {
    Random random = new Random(7);
    List<String> questions = new ArrayList<>();
    for (int i = 0; i < 5_000; i++) {
      String title = title(random.nextInt(entries));
      String said = random.nextInt(3) == 0 ? pick(WHAT, random) + pick(HOW, random) : title.substring(random.nextInt(3) * 2);
      questions.add(String.format(Locale.ROOT, pick(ASK, random), said));
    }
    return questions;
  }

  private static String pick(String[] from, Random random) {
    return from[random.nextInt(from.length)];
  }

  /** Latency from the time at which each question was scheduled. */
  private long[] ask(SearchIndex index, SearchThreads threads, List<String> questions, int seconds) throws InterruptedException {
    int count = rate * seconds;
    long[] nanos = new long[count];
    CountDownLatch answered = new CountDownLatch(count);
    long begun = System.nanoTime();
    for (int i = 0; i < count; i++) {
      long due = begun + i * 1_000_000_000L / rate;
      for (long wait = due - System.nanoTime(); wait > 0; wait = due - System.nanoTime()) LockSupport.parkNanos(wait);
      int number = i;
      Future<?> asked = threads.call(() -> {
        index.find(questions.get(number % questions.size()), 3);
        nanos[number] = System.nanoTime() - due;
        return null;
      });
      asked.onComplete(done -> {
        if (done.failed()) nanos[number] = UNANSWERED;
        answered.countDown();
      });
    }
    answered.await();
    return nanos;
  }

  /** KiB; 0 where there is no /proc. */
  private static long resident() throws IOException {
    Path status = Path.of("/proc/self/status");
    if (!Files.exists(status)) return 0;
    return Files.readAllLines(status).stream().filter(line -> line.startsWith("VmRSS:"))
        .mapToLong(line -> Long.parseLong(line.replaceAll("\\D+", ""))).findFirst().orElse(0);
  }

  private static double seconds(long begun) {
    return (System.nanoTime() - begun) / 1e9;
  }

  private static void print(String format, Object... values) {
    System.out.println(String.format(Locale.ROOT, format, values));
  }
}

package dev.magpie.bot;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

class PersonWishTest {
  private static final List<String> WISHES = List.of(
      "人工", "转人工", "人工客服", "转人工客服", "人工服务", "转人工服务", "找人工", "我要人工", "我要转人工", "请转人工", "客服", "在线客服", "真人", "转接人工", "接人工",
      "转接人工客服", "给我转人工", "有没有人工啊", "我要找人工", "我要找人工客服", "帮我转一下人工", "麻烦转人工谢谢", "能不能转人工？", "可以转人工吗", "请帮我转接人工服务", "我想跟真人说话", "我想和人工聊聊",
          "叫个客服来",
      "联系人工客服", "客服在吗", "有客服吗", "怎么转人工", "怎么才能联系到人工客服", "你好，转人工", "我的话费不对，我要人工", "我话费不对转人工", "转 人 工", "转人公", "專人工", "轉人工客服", "專接人工",
          "zhuan ren gong",
      "不要机器人", "我不想跟机器人说话", "快点转人工！！！", "换人工", "切换到人工", "呼叫人工客服", "我需要人工帮助", "找个人说话", "要 agent",
      "agent", "human", "person", "operator", "talk to a person", "talk to a human", "talk to an agent", "real person",
          "speak to a human", "speak to an agent", "customer service", "human agent", "live agent",
      "talk to agent", "I want to talk to a human", "human being", "a human being please", "can I speak to someone?",
          "I'd like to speak with a representative", "connect me to an agent", "transfer me to a human", "get me a human",
      "I need a real person", "let me talk to a person now", "please connect me with customer service", "is there a human here?",
          "can I chat with a live person", "I want to talk to somebody", "give me an operator", "speak to a manager",
      "this is not help, let me speak to a human", "how can I talk to a human", "how do I contact customer service",
          "put me through to an agent", "human please", "agent!!!", "no bot, human", "talk to agnet", "i want to talk to a humen",
      "tlak to an agent", "speak to a represntative", "transfer to agent", "contact support", "TALK TO A HUMAN",
          "Hello, can I talk to a real human?");

  private static final List<String> ORDINARY = List.of(
      "人工智能", "人工智能是什么", "人工客服电话多少", "人工客服电话是多少", "人工费多少钱", "人工服务时间", "人工客服几点上班", "人工服务收费吗", "转人工要钱吗", "转人工要多久", "客服电话", "客服电话多少",
          "怎么联系客服", "客服几点下班",
      "不用转人工", "不要转人工", "别转人工了", "什么是转人工", "人工降雨", "人工合成", "人工和自动有什么区别", "真人秀", "有人吗", "我要投诉客服", "客服态度不好怎么办", "怎么取消转人工", "怎么办理套餐", "转账",
          "转网", "找回密码", "机器人怎么用",
      "人工湖在哪里", "人工授精", "人工台怎么打", "人工费", "话费", "我要办套餐", "本人工号", "转套餐",
      "how do I become an agent", "what is a user agent", "travel agent", "agent commission", "where is your agent near me",
          "are you human", "are you a person", "is this a real person or a bot", "human rights", "human resources",
      "customer service number", "customer service opening hours", "how do I call someone abroad", "how do I call someone",
          "transfer money to a person", "how many people can use one plan", "per person price", "where can I talk to somebody in person",
      "how do I contact my bank", "support for 5G", "I want a new phone", "talk time", "can I get a refund", "mobile operator code",
          "operator code", "how much does an agent cost", "call forwarding", "transfer my number", "human error in my bill",
          "connect to wifi",
      "I went to a shop", "talk plan", "my personal data", "service", "support", "hello", "thanks");

  @Test
  void wishesForAPersonAreRecognised() {
    assertThat(WISHES).filteredOn(text -> !PersonWish.isIn(text)).isEmpty();
  }

  @Test
  @Timeout(5)
  void aTextThatRepeatsItselfTakesNoTime() {
    for (String text : List.of("想要".repeat(49) + "x", "转人工" + "聊聊".repeat(45) + "x", "可以".repeat(49) + "y",
        "talk ".repeat(19))) assertThat(PersonWish.isIn(text)).as(text).isFalse();
  }

  @Test
  void ordinaryQuestionsAreNot() {
    assertThat(ORDINARY).filteredOn(PersonWish::isIn).isEmpty();
  }
}

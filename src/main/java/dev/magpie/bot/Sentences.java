package dev.magpie.bot;

/** What the bot says; exact to the byte, since the tutorial's pages and their readers know these sentences. */
final class Sentences {
  static final String BALANCE = "您当前的话费有2元";
  static final String DATA = "您当前的流量有200M";
  static final String BAD = "请输入正确的信息";
  static final String NOT_FOUND = "没有找到您要的数据，请联系人工客服";
  static final String DID_YOU_MEAN = "您是不是想问：";

  private Sentences() {}
}

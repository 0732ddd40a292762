package dev.magpie.chat;

import io.vertx.core.json.JsonObject;

/**
 * A message of the chat.
 *
 * @param seq its number, ascending over all rooms of the namespace, so with gaps within one
 * @param cid the client's id of the message, by which a retry is recognised
 * @param uid of its author; secret, unlike {@link Visitor#author}
 * @param at milliseconds since 1970, by the server's clock
 * @param text empty once it is deleted
 * @param revision number of edits
 */
record ChatMessage(String room, long seq, String cid, String from, String uid, String text, long at, int revision, boolean deleted) {

  static ChatMessage of(JsonObject json, String uid) {
    return new ChatMessage(
        json.getString("room"),
        json.getLong("seq"),
        json.getString("cid"),
        json.getString("from"),
        uid,
        json.getString("text"),
        json.getLong("at"),
        json.getInteger("revision", 0),
        json.getBoolean("deleted", false));
  }

  ChatMessage edit(String newText) {
    return new ChatMessage(room, seq, cid, from, uid, newText, at, revision + 1, false);
  }

  ChatMessage delete() {
    return new ChatMessage(room, seq, cid, from, uid, "", at, revision, true);
  }

  /** JSON for clients, live and in the history. */
  JsonObject toJson() {
    JsonObject json = new JsonObject().put("room", room).put("seq", seq).put("cid", cid).put("from", from);
    if (uid != null) json.put("author", Visitor.author(uid));
    json.put("text", text).put("at", at);
    if (revision > 0) json.put("edited", true).put("revision", revision);
    if (deleted) json.put("deleted", true);
    return json;
  }
}

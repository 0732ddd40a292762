import com.corundumstudio.socketio.Configuration;
import com.corundumstudio.socketio.SocketIOServer;

/** netty-socketio with the same two events, on its epoll transport. */
public final class Peer {
  public static void main(String[] args) {
    Configuration settings = new Configuration();
    settings.setHostname("127.0.0.1");
    settings.setPort(Integer.parseInt(System.getenv("PORT")));
    settings.setUseLinuxNativeEpoll(true);
    settings.setWebsocketCompression(false);
    settings.getSocketConfig().setTcpNoDelay(true);
    settings.getSocketConfig().setAcceptBackLog(4096);
    settings.getSocketConfig().setReuseAddress(true);
    SocketIOServer server = new SocketIOServer(settings);
    server.addEventListener("bcast", String.class, (client, text, ack) -> server.getBroadcastOperations().sendEvent("bcast", text));
    server.addEventListener("echo", String.class, (client, text, ack) -> ack.sendAckData(text));
    server.start();
  }
}

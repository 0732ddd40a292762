//! socketioxide with the same two events.
use socketioxide::extract::{AckSender, Data, SocketRef};
use socketioxide::SocketIo;

#[tokio::main]
async fn main() {
    let (layer, io) = SocketIo::new_layer();
    io.ns("/", |socket: SocketRef| async move {
        socket.on("bcast", |io: SocketIo, Data::<String>(text)| async move {
            io.emit("bcast", &text).await.ok();
        });
        socket.on("echo", |Data::<String>(text), ack: AckSender| async move {
            ack.send(&text).ok();
        });
    });
    let port: u16 = std::env::var("PORT").unwrap().parse().unwrap();
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", port)).await.unwrap();
    let app = axum::Router::new().layer(layer);
    axum::serve(axum::serve::ListenerExt::tap_io(listener, |stream| {
        stream.set_nodelay(true).ok();
    }), app).await.unwrap();
}

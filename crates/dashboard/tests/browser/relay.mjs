// A wire between the browser and the server that can be cut: it hands requests on as if they were asked for there.
import { createServer, request } from "node:http";

/** Begins to hand on. `cut` breaks all connections and takes no more until `mend`; `resumed` are the last event ids that browsers came back with. */
export async function relay(base) {
  const target = new URL(base);
  const sockets = new Set();
  const resumed = [];
  const server = createServer((incoming, outgoing) => {
    const id = incoming.headers["last-event-id"];
    if (id) resumed.push(id);
    const headers = { ...incoming.headers, host: target.host };
    if (headers.origin) headers.origin = target.origin;
    const asked = request(
      { hostname: target.hostname, port: target.port, path: incoming.url, method: incoming.method, headers },
      (answer) => {
        outgoing.writeHead(answer.statusCode, answer.headers);
        answer.pipe(outgoing);
      },
    );
    asked.on("error", () => outgoing.destroy());
    outgoing.on("close", () => asked.destroy());
    incoming.pipe(asked);
  });
  server.on("connection", (socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
  });
  const listen = (port) => new Promise((done) => server.listen(port, "127.0.0.1", done));
  await listen(0);
  const { port } = server.address();
  const cut = () => {
    server.close();
    for (const socket of sockets) socket.destroy();
  };
  return {
    address: `http://127.0.0.1:${port}`,
    cut,
    mend: () => listen(port),
    end: async () => cut(),
    resumed: () => resumed,
  };
}

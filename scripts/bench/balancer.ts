import { connect, createServer, type Socket } from 'node:net';

/**
 * A plain balancer of TCP connections, a process of its own: it knows nothing of HTTP, sessions or cookies. Each connection
 * goes to the next gateway in turn, one that does not answer is passed over. `node balancer.js PORT…`; says its own port.
 */
const gateways = process.argv.slice(2).map(Number);
let turn = 0;

function balance(from: Socket): void {
  from.setNoDelay(true);
  from.on('error', () => undefined);
  from.pause();
  reach(from, turn++, gateways.length);
}

function reach(from: Socket, at: number, tries: number): void {
  if (tries === 0 || from.destroyed) return void from.destroy();
  const to = connect({ port: gateways[at % gateways.length]!, host: '127.0.0.1', noDelay: true });
  const refused = (): void => reach(from, at + 1, tries - 1);
  to.once('error', refused);
  to.once('connect', () => {
    to.off('error', refused);
    to.on('error', () => from.destroy());
    to.on('close', () => from.destroy());
    from.on('close', () => to.destroy());
    from.pipe(to);
    to.pipe(from);
  });
}

const server = createServer(balance);
server.listen({ port: 0, host: '127.0.0.1', backlog: 4096 }, () => {
  const address = server.address();
  process.send?.({ port: address !== null && typeof address === 'object' ? address.port : 0 });
});
process.on('disconnect', () => process.exit(0));

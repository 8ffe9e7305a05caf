import { afterEach, expect, it } from '@jest/globals';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { connect, type AddressInfo, type Socket } from 'node:net';
import { pino } from 'pino';
import { boundConnections } from './bound-connections.js';

const server = createServer();
const sockets: Socket[] = [];
afterEach(async () => {
  for (const socket of sockets) socket.destroy();
  await new Promise((resolve) => server.close(resolve));
});

it('connections beyond the bound are closed, which is told once a minute with how many they were', async () => {
  const lines: { event: string; count: number; most: number }[] = [];
  const log = pino({}, { write: (line: string) => void lines.push(JSON.parse(line)) });
  let now = 0;
  boundConnections(server, log, { most: 2, clock: () => now });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const open = async (): Promise<Socket> => {
    const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
    socket.on('error', () => undefined);
    sockets.push(socket);
    await once(socket, 'connect');
    return socket;
  };
  const refused = async (): Promise<unknown> => once(await open(), 'close');
  const [first] = [await open(), await open()];
  await refused();
  await refused();
  await refused();
  expect(lines).toMatchObject([{ event: 'connections.refused', count: 1, most: 2 }]);
  now = 60_000;
  await refused();
  expect(lines.slice(1)).toMatchObject([{ event: 'connections.refused', count: 3 }]);
  expect(first.destroyed).toBe(false);
});

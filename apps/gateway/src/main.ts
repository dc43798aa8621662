import 'reflect-metadata';
import { runProcess } from '@app/storage';
import { createGateway } from './http-app';

/** Connections that may wait to be taken (Node: 511): a thousand browsers that come back at one instant are not turned away. */
const BACKLOG = 4096;

void runProcess('gateway', async (settings, logger) => {
  const app = await createGateway(settings, logger);
  // Nest hands all it is given to the server; its type names only two.
  const listen = app.listen.bind(app) as (port: number, host: string, backlog: unknown) => Promise<unknown>;
  await listen(settings.server.port, settings.server.host, BACKLOG);
  return app;
});

import 'reflect-metadata';
import { runProcess } from '@app/storage';
import { createGateway } from './http-app';

void runProcess('gateway', async (settings, logger) => {
  const app = await createGateway(settings, logger);
  await app.listen(settings.server.port, settings.server.host);
  return app;
});

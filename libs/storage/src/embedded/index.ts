export { startEmbedded, findRunning, freePort, type EmbeddedOptions, type EmbeddedServer } from './server';
export { StartRefused } from './start-refused';

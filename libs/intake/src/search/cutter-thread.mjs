// The segmenter in a thread of its own: loading it takes seconds and must not stop whoever asks.
import { createRequire } from 'node:module';
import { parentPort, workerData } from 'node:worker_threads';

const nodejieba = createRequire(import.meta.url)('nodejieba');
nodejieba.load({ userDict: workerData.userDict });
parentPort.on('message', ({ id, texts }) => {
  parentPort.postMessage({ id, words: texts.map((text) => (text === '' ? [] : nodejieba.cut(text))) });
});

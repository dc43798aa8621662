import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { prepareText } from '@app/domain';
import { textFold } from '../text-fold';
import { userDictFile } from '../tokeniser';

interface Answer {
  id: number;
  words: string[][];
}

/**
 * Cuts what a person looks for into words, with the segmenter that cut the texts. For processes that do not classify: it
 * lives in a thread that starts with the first question (about two seconds and 250 MB), so that nothing else waits for it.
 */
export class WordCutter {
  private worker: Worker | null = null;
  private readonly waiting = new Map<
    number,
    { resolve: (words: string[][]) => void; reject: (error: Error) => void }
  >();
  private last = 0;

  constructor(private readonly configDir: string) {}

  /** Starts the thread, so that the first question finds it ready. */
  warm(): void {
    this.worker ??= this.start();
  }

  /** Folded as stored texts are: simplified, half-width. */
  cut(texts: readonly string[]): Promise<string[][]> {
    this.warm();
    const id = ++this.last;
    const folded = texts.map((text) => prepareText('', text, textFold()).chars.trim());
    return new Promise((resolve, reject) => {
      this.waiting.set(id, { resolve, reject });
      this.worker?.postMessage({ id, texts: folded });
    });
  }

  async close(): Promise<void> {
    await this.worker?.terminate();
    this.worker = null;
  }

  private start(): Worker {
    const worker = new Worker(join(__dirname, 'cutter-thread.mjs'), {
      workerData: { userDict: userDictFile(this.configDir) },
    });
    worker.unref();
    worker.on('message', ({ id, words }: Answer) => {
      this.waiting.get(id)?.resolve(words);
      this.waiting.delete(id);
    });
    worker.on('error', (error) => this.fail(worker, error));
    worker.on('exit', () => this.fail(worker, new Error('the segmenter ended')));
    return worker;
  }

  /** Whoever waits is told; the next question starts a new thread. */
  private fail(worker: Worker, error: Error): void {
    if (this.worker === worker) this.worker = null;
    for (const { reject } of this.waiting.values()) reject(error);
    this.waiting.clear();
  }
}

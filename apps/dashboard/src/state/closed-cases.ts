import { onBeforeUnmount, watch } from 'vue';
import { explain } from '../api';
import { boardError, dropClosed, findClosed } from './board';
import { filter } from './board-view';

const TYPING_MS = 400;

/** While the filter wants closed cases, the server is asked for them; the answer is the way to the older ones. */
export function useClosedCases(): { loadOlder: () => void } {
  let asking = 0;
  function ask(next = false): void {
    const { caseClass, topic, departmentId, words } = filter;
    findClosed({ caseClass, topic, departmentId, q: words.trim() }, next).then(
      () => (boardError.value = null),
      (error: unknown) => (boardError.value = explain(error)),
    );
  }
  watch(
    () => [filter.closed, filter.caseClass, filter.topic, filter.departmentId, filter.words.trim()],
    () => {
      clearTimeout(asking);
      if (filter.closed) asking = window.setTimeout(() => ask(), TYPING_MS);
      else dropClosed();
    },
    { immediate: true },
  );
  onBeforeUnmount(() => clearTimeout(asking));
  return { loadOlder: () => ask(true) };
}

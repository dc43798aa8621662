import { shallowRef } from 'vue';

/** A phone, or a window as narrow as one; the same bound as in the style sheets. */
const query = window.matchMedia('(max-width: 720px)');
export const isNarrow = shallowRef(query.matches);
query.addEventListener('change', (e) => (isNarrow.value = e.matches));

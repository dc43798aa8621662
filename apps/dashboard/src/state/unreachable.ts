import { shallowRef } from 'vue';

/** Said above the page when another one could not be opened: its code was not here, and the server did not answer. */
export const unreachable = shallowRef('');

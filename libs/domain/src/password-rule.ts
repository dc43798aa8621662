/** Characters that a password has at least; the page and the server say the same. */
export const SHORTEST_PASSWORD = 10;

/** The embedded database cannot run here; the message is one line that says why and what to do. */
export class StartRefused extends Error {}

/** Times of sign-in, in real seconds. Injected; the gateway fills it from the settings. */
export class AccountsPolicy {
  constructor(
    readonly idleSeconds: number = 12 * 3600,
    readonly absoluteSeconds: number = 7 * 24 * 3600,
    /** A live socket counts as use of its session, up to the absolute end. */
    readonly socketKeepsSession: boolean = true,
    /** Code of the deployment's own region: an account whose region covers it is answerable for the whole. */
    readonly home: string | null = null,
  ) {}
}

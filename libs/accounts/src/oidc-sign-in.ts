import { createHash, randomBytes } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { AuditChain } from './audit-chain';
import { type Principal, SessionDesk } from './session-desk';

/** The provider of a place (统一身份认证), as config/huiying.yaml names it. */
export interface OidcSettings {
  issuer: string;
  clientId: string;
  secret: string;
  /** Address of /api/v1/oidc/callback as the browser reaches it; registered at the provider. */
  redirectUri: string;
  scope: string;
  /** The claim that holds the user name here. */
  claim: string;
}

export type OidcFault = 'expired' | 'failed' | 'no-account' | 'disabled';
export type OidcResult =
  { ok: true; token: string; principal: Principal; returnTo: string } | { ok: false; fault: OidcFault };

const ATTEMPT_MINUTES = 10;
type Library = typeof import('openid-client');
type Configuration = import('openid-client').Configuration;

/**
 * Sign-in at a provider: authorization code with PKCE, state and nonce. Who signs in is whose user name the provider vouches for;
 * an account must be there already, with the rights that an administrator gave it here. Nobody gets in or up by a claim.
 */
@Injectable()
export class OidcSignIn {
  private provider: Promise<{ library: Library; configuration: Configuration }> | null = null;

  constructor(
    private readonly dataSource: DataSource,
    private readonly sessions: SessionDesk,
    private readonly audit: AuditChain,
  ) {}

  /**
   * Where the browser is to be sent. `state` goes into a cookie too, so that nobody can be signed in to a foreign account by a link.
   * @throws when the provider does not answer
   */
  async begin(settings: OidcSettings, returnTo: string): Promise<{ url: string; state: string }> {
    const { library, configuration } = await this.open(settings);
    const [state, nonce, verifier] = [secret(), secret(), library.randomPKCECodeVerifier()];
    await this.dataSource.query(
      `delete from oidc_attempt where created_at < clock_timestamp() - interval '${ATTEMPT_MINUTES} minutes'`,
    );
    await this.dataSource.query(
      'insert into oidc_attempt (state_hash, verifier, nonce, return_to, created_at) values ($1, $2, $3, $4, clock_timestamp())',
      [hashOf(state), verifier, nonce, safePath(returnTo)],
    );
    const url = library.buildAuthorizationUrl(configuration, {
      redirect_uri: settings.redirectUri,
      scope: settings.scope,
      code_challenge: await library.calculatePKCECodeChallenge(verifier),
      code_challenge_method: 'S256',
      state,
      nonce,
    });
    return { url: url.href, state };
  }

  /**
   * @param query of the callback as it came
   * @param cookieState what the browser kept since `begin`
   * @param oldSession key of a session that the browser still holds; it ends with the new one
   */
  async finish(
    settings: OidcSettings,
    query: string,
    cookieState: string | null,
    from: { address: string; oldSession: string | null },
  ): Promise<OidcResult> {
    const state = new URLSearchParams(query).get('state');
    const attempt = state !== null && state === cookieState ? await this.take(state) : null;
    if (attempt === null || state === null) return { ok: false, fault: 'expired' };
    const username = await this.usernameOf(settings, query, { ...attempt, state });
    if (username === null) return this.refused('', 'failed', from.address);
    const found: { id: string; disabled: boolean }[] = await this.dataSource.query(
      'select id, disabled from account where username = $1',
      [username],
    );
    const account = found[0];
    if (!account || account.disabled) return this.refused(username, account ? 'disabled' : 'no-account', from.address);
    const opened = await this.dataSource.transaction(async (tx) => {
      const [still] = (await tx.query('select 1 from account where id = $1 and not disabled for share', [
        account.id,
      ])) as unknown[];
      if (still === undefined) return null;
      if (from.oldSession) await this.sessions.close(tx, from.oldSession);
      const made = await this.sessions.open(tx, account.id, true);
      await this.audit.append(
        {
          actor: username,
          action: 'session.open',
          object: `account:${account.id}`,
          data: { address: from.address, by: 'oidc', issuer: settings.issuer },
        },
        tx,
      );
      return made;
    });
    return opened === null
      ? this.refused(username, 'disabled', from.address)
      : { ok: true, ...opened, returnTo: attempt.returnTo };
  }

  /** Each attempt is good for one callback. */
  private async take(state: string): Promise<{ verifier: string; nonce: string; returnTo: string } | null> {
    const taken: [{ verifier: string; nonce: string; returnTo: string }[], number] = await this.dataSource.query(
      `delete from oidc_attempt where state_hash = $1 and created_at > clock_timestamp() - interval '${ATTEMPT_MINUTES} minutes'
       returning verifier, nonce, return_to as "returnTo"`,
      [hashOf(state)],
    );
    return taken[0][0] ?? null;
  }

  /** The user name that the provider vouches for; null: it refused, or what came back does not hold. */
  private async usernameOf(
    settings: OidcSettings,
    query: string,
    attempt: { verifier: string; nonce: string; state: string },
  ): Promise<string | null> {
    try {
      const { library, configuration } = await this.open(settings);
      const tokens = await library.authorizationCodeGrant(configuration, new URL(`${settings.redirectUri}?${query}`), {
        pkceCodeVerifier: attempt.verifier,
        expectedState: attempt.state,
        expectedNonce: attempt.nonce,
        idTokenExpected: true,
      });
      const claims = tokens.claims();
      if (!claims) return null;
      // Many providers keep the profile out of the ID token.
      const all =
        claims[settings.claim] === undefined
          ? { ...(await library.fetchUserInfo(configuration, tokens.access_token, claims.sub)) }
          : claims;
      const name = all[settings.claim];
      return typeof name === 'string' && name !== '' && name.length <= 64 ? name.toLowerCase() : null;
    } catch {
      return null;
    }
  }

  /** A refusal does nothing in the database that its record could stand with: the attempt was taken, and is good for nothing now. */
  private async refused(actor: string, fault: OidcFault, address: string): Promise<OidcResult> {
    await this.audit.append({ actor, action: 'session.refused', data: { address, by: 'oidc', fault } });
    return { ok: false, fault };
  }

  /** The provider's own document is read once; a failure is tried again with the next sign-in. */
  private async open(settings: OidcSettings): Promise<{ library: Library; configuration: Configuration }> {
    this.provider ??= discover(settings);
    this.provider.catch(() => (this.provider = null));
    return this.provider;
  }
}

/** The library is an ES module of its own: it is loaded only where a provider is set up. */
async function discover(settings: OidcSettings): Promise<{ library: Library; configuration: Configuration }> {
  const library = await import('openid-client');
  const issuer = new URL(settings.issuer);
  const execute = isLoopback(issuer) ? [library.allowInsecureRequests] : [];
  return {
    library,
    configuration: await library.discovery(issuer, settings.clientId, settings.secret, undefined, {
      execute,
      timeout: 10,
    }),
  };
}

/** Without TLS the provider's word could be anybody's: only on this very machine. */
export const isLoopback = (url: URL): boolean =>
  url.protocol === 'http:' && /^(127\.\d+\.\d+\.\d+|localhost|\[::1\])$/.test(url.hostname);

/** A path of our own pages, never another site. */
export function safePath(path: string): string {
  return /^\/(?![/\\])[^\s\\]*$/.test(path) && path.length <= 500 ? path : '/';
}

const secret = (): string => randomBytes(32).toString('base64url');
const hashOf = (state: string): string => createHash('sha256').update(state).digest('hex');

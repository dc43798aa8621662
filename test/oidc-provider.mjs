// A real OpenID Connect provider (oidc-provider) for the tests, in a process of its own: the library is an ES module.
// node oidc-provider.mjs REDIRECT_URI → prints its port; any user name is believed, with any password.
import { createServer } from 'node:http';
import Provider from 'oidc-provider';

const [, , redirectUri] = process.argv;
const server = createServer();
await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
const { port } = server.address();
const provider = new Provider(`http://127.0.0.1:${port}`, {
  clients: [{ client_id: 'huiying', client_secret: 'the secret of the tests', redirect_uris: [redirectUri], grant_types: ['authorization_code'], response_types: ['code'] }],
  claims: { openid: ['sub'], profile: ['preferred_username', 'name'] },
  // As most providers do: the profile is told at the userinfo endpoint only.
  conformIdTokenClaims: true,
  findAccount: (_ctx, id) => ({ accountId: id, claims: () => ({ sub: `sub-of-${id}`, preferred_username: id, name: id }) }),
  pkce: { required: () => true },
  cookies: { keys: ['only for tests'] },
  features: { devInteractions: { enabled: true } },
});
server.on('request', provider.callback());
process.stdout.write(`${port}\n`);
process.on('disconnect', () => process.exit());

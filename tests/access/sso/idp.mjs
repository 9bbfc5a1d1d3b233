// An identity provider for the tests: the certified npm `oidc-provider`, as a process of its own on loopback.
// Signing in is automatic: the account is the login_hint, or the one named by /_control. /_control also says what is
// wrong with the next answers: claims to change in the ID token (signed again with the provider's key), keys to rotate.
import { createRequire } from 'node:module';
import http from 'node:http';
import { pathToFileURL } from 'node:url';

const require = createRequire(pathToFileURL(`${process.argv[2]}/package.json`));
const load = (name) => import(pathToFileURL(require.resolve(name)));
const { Provider } = await load('oidc-provider');
const jose = await load('jose');

let state = { account: 'lea@acme.test', amr: ['pwd'], claims: {}, sub: null, email: null, verified: true, stranger: false };

async function key(kid) {
  const { privateKey } = await jose.generateKeyPair('RS256', { extractable: true });
  return { ...(await jose.exportJWK(privateKey)), kid, alg: 'RS256', use: 'sig' };
}

let provider;
let callback;
let signing;
let number = 0;
const server = http.createServer(handle);
await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
const issuer = `http://localhost:${server.address().port}`;
await renew();
console.log(`ready ${issuer}`);

async function renew() {
  number += 1;
  signing = await key(`key-${number}`);
  provider = new Provider(issuer, {
    clients: [
      { client_id: 'oktee', client_secret: 'the-client-secret-of-oktee', redirect_uris: ['https://placeholder.test/cb'] },
      { client_id: 'other', client_secret: 'the-client-secret-of-another', redirect_uris: ['https://placeholder.test/cb'] },
    ],
    jwks: { keys: [signing] },
    cookies: { keys: ['a-key-for-the-tests-alone'] },
    claims: { acr: null, amr: null, auth_time: null, openid: ['sub'], email: ['email', 'email_verified'], profile: ['name'] },
    features: { devInteractions: { enabled: false }, claimsParameter: { enabled: true } },
    pkce: { required: () => true },
    interactions: { url: (_, interaction) => `/interaction/${interaction.uid}` },
    ttl: { Session: 600, Interaction: 600, Grant: 600, AccessToken: 600, IdToken: 600 },
    async findAccount(_, sub) {
      return {
        accountId: sub,
        claims: () => ({ sub, email: state.email ?? state.account, email_verified: state.verified, name: 'Lea of Acme' }),
      };
    },
  });
  provider.Client.prototype.redirectUriAllowed = (uri) => /^http:\/\/localhost:8000\/oauth\/sso\//.test(uri);
  callback = provider.callback();
}

async function body(request) {
  let text = '';
  for await (const piece of request) text += piece;
  return text;
}

async function handle(request, response) {
  const path = new URL(request.url, issuer).pathname;
  if (path === '/_control') {
    const wanted = JSON.parse((await body(request)) || '{}');
    if (wanted.rotate) await renew();
    delete wanted.rotate;
    state = { ...state, ...wanted };
    response.end('{}');
  } else if (path.startsWith('/interaction/')) {
    await interact(request, response);
  } else if (path === '/token') {
    await exchange(request, response);
  } else {
    callback(request, response);
  }
}

async function interact(request, response) {
  const details = await provider.interactionDetails(request, response);
  if (details.prompt.name === 'login') {
    const account = details.params.login_hint ?? state.account;
    state.account = account;
    const login = { accountId: state.sub ?? `sub-of-${account}`, amr: state.amr, remember: false };
    await provider.interactionFinished(request, response, { login }, { mergeWithLastSubmission: false });
    return;
  }
  const grant = new provider.Grant({ accountId: details.session.accountId, clientId: details.params.client_id });
  grant.addOIDCScope('openid email profile');
  const grantId = await grant.save();
  await provider.interactionFinished(request, response, { consent: { grantId } }, { mergeWithLastSubmission: true });
}

// The answer of the token endpoint passes through here, so that a test can have a token that no honest provider makes.
async function exchange(request, response) {
  const { claims, stranger } = state;
  if (Object.keys(claims).length === 0 && !stranger) {
    callback(request, response);
    return;
  }
  const pieces = [];
  const end = response.end.bind(response);
  response.write = (piece) => pieces.push(Buffer.from(piece)) > 0;
  response.end = (piece) => {
    if (piece) pieces.push(Buffer.from(piece));
    void changed(Buffer.concat(pieces).toString(), claims, stranger).then((text) => {
      response.removeHeader('content-length');
      end(text);
    });
    return response;
  };
  callback(request, response);
}

async function changed(text, claims, stranger) {
  const answer = JSON.parse(text);
  if (!answer.id_token) return text;
  const payload = { ...jose.decodeJwt(answer.id_token), ...claims };
  for (const [name, value] of Object.entries(payload)) if (value === null) delete payload[name];
  const used = stranger ? await key(signing.kid) : signing;
  const header = { alg: 'RS256', kid: used.kid };
  answer.id_token = await new jose.SignJWT(payload).setProtectedHeader(header).sign(await jose.importJWK(used, 'RS256'));
  if (claims.unsigned) answer.id_token = new jose.UnsecuredJWT(payload).encode();
  return JSON.stringify(answer);
}

// Node's http2 client against the echo server: prints one line per case, `name: ok` or what went wrong.
'use strict';

const http2 = require('http2');

function exchange(session, headers, body) {
  return new Promise((resolve, reject) => {
    const stream = session.request(headers, { endStream: body === undefined });
    let status, text = '';
    stream.setEncoding('utf8');
    stream.on('response', (answer) => { status = answer[':status']; });
    stream.on('data', (part) => { text += part; });
    stream.on('end', () => resolve({ status, text }));
    stream.on('error', reject);
    if (body !== undefined) stream.end(body);
  });
}

async function check(name, run) {
  try {
    await run();
    console.log(`${name}: ok`);
  } catch (error) {
    console.log(`${name}: ${String(error).replace(/\n/g, ' ')}`);
  }
}

function same(found, expected) {
  if (found !== expected) throw new Error(`${found} instead of ${expected}`);
}

async function checkSession(where, url) {
  const session = http2.connect(url, { rejectUnauthorized: false });
  const host = url.split('//')[1];
  await check(`GET ${where}`, async () => {
    const { status, text } = await exchange(session, { ':path': '/a?b' });
    same(`${status} ${text}`, `200 GET /a?b ${host}`);
  });
  await check(`a hundred at once ${where}`, async () => {
    const all = Array.from({ length: 100 }, (_, n) => exchange(session, { ':path': `/${n}` }));
    (await Promise.all(all)).forEach(({ text }, n) => same(text, `GET /${n} ${host}`));
  });
  await check(`a large POST ${where}`, async () => {
    const body = 'x'.repeat(500000);
    const { text } = await exchange(session, { ':path': '/', ':method': 'POST' }, body);
    same(text.length, `POST / ${host}: `.length + body.length);
  });
  await check(`PING ${where}`, () => new Promise((resolve, reject) => {
    session.ping((error) => (error ? reject(error) : resolve()));
  }));
  session.close();
}

(async () => {
  await checkSession('in clear text', process.argv[2]);
  await checkSession('over TLS', process.argv[3]);
})();

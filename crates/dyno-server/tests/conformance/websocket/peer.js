// Plays the client of the library `ws` against an echo server; prints one line per case, then `end`.
'use strict';

const assert = require('node:assert');
const crypto = require('node:crypto');
const WebSocket = require('ws');

const url = process.argv[2];
const messages = ['', 'hällo €😀', 'lorem ipsum '.repeat(500), crypto.randomBytes(70000), 'again '.repeat(500)];

function open(options = {}, protocols = []) {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(url, protocols, { handshakeTimeout: 30000, ...options });
    socket.on('open', () => resolve(socket));
    socket.on('error', reject);
  });
}

function next(socket, event) {
  return new Promise((resolve, reject) => {
    socket.once(event, (...values) => resolve(values));
    setTimeout(() => reject(new Error(`no ${event} came`)), 30000).unref();
  });
}

async function closed(socket, code = 1000) {
  const end = next(socket, 'close');
  socket.close(code, 'enough');
  const [found] = await end;
  assert.strictEqual(found, code);
}

async function echo(options, extensions) {
  const socket = await open(options);
  assert.strictEqual(socket.extensions, extensions);
  // Twice, so that a window that is kept comes into play.
  for (const message of [...messages, ...messages]) {
    const answer = next(socket, 'message');
    socket.send(message);
    const [data, isBinary] = await answer;
    assert.strictEqual(isBinary, typeof message !== 'string');
    assert.ok(data.equals(Buffer.from(message)), 'another message came back');
  }
  await closed(socket);
}

const cases = {
  plain: () => echo({ perMessageDeflate: false }, ''),
  compressed: () => echo({ perMessageDeflate: { threshold: 0 } }, 'permessage-deflate'),
  'compressed, no context takeover': () =>
    echo(
      { perMessageDeflate: { threshold: 0, serverNoContextTakeover: true, clientNoContextTakeover: true } },
      'permessage-deflate',
    ),
  'compressed, small windows': () =>
    echo({ perMessageDeflate: { threshold: 0, serverMaxWindowBits: 10, clientMaxWindowBits: 10 } }, 'permessage-deflate'),
  async fragments() {
    const socket = await open();
    const answer = next(socket, 'message');
    socket.send('a', { fin: false });
    socket.send('b€', { fin: false });
    socket.send('c', { fin: true });
    assert.strictEqual(String((await answer)[0]), 'ab€c');
    await closed(socket);
  },
  async pings() {
    const socket = await open();
    const pong = next(socket, 'pong');
    socket.ping('payload');
    assert.strictEqual(String((await pong)[0]), 'payload');
    await closed(socket);
  },
  async closing() {
    await closed(await open(), 4321);
  },
  async subprotocol() {
    const socket = await open({}, ['soap', 'chat']);
    assert.strictEqual(socket.protocol, 'chat');
    await closed(socket);
  },
};

(async () => {
  for (const [name, play] of Object.entries(cases)) {
    try {
      await play();
      console.log(`ok ${name}`);
    } catch (error) {
      console.log(`failed ${name}: ${String(error.message).split('\n')[0]}`);
    }
  }
  console.log('end');
  process.exit(0);
})();

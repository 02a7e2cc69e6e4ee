// Which class of the protocol a failure belongs to, by its code, its name, its words, and those of its causes.

export const [NONE, CONNECT, TLS, TIMEOUT, RESET, PROTOCOL, BODY, REDIRECTS, OTHER] = Array(9).keys();

// The first that fits decides; codes and names are looked at from the innermost cause outwards.
const RULES = [
  [/TOO_MANY_REDIRECTS|MAX_?REDIRECT|max-redirect|MaxRedirectsError|redirect count exceeded|max(imum)? redirect/i, REDIRECTS],
  [/ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|EADDRNOTAVAIL/, CONNECT],
  [/^CERT_|SELF_SIGNED|DEPTH_ZERO|UNABLE_TO_|ERR_TLS|ERR_SSL|EPROTO|certificate/i, TLS],
  [/TIMEOUT|ETIMEDOUT|TIMEDOUT|TimeoutError|AbortError|ECONNABORTED/i, TIMEOUT],
  [/^HPE_|ERR_HTTP2_PROTOCOL|HTTPParserError|ProtocolError|not HTTP/, PROTOCOL],
  [/Z_(DATA|BUF)_ERROR|PREMATURE_CLOSE|premature close|terminated|aborted|incomplete|UND_ERR_RES_CONTENT_LENGTH/i, BODY],
  [/ECONNRESET|EPIPE|UND_ERR_SOCKET|hang up|other side closed|ERR_HTTP2/i, RESET],
];

/** `[class, the library's own word]` of a failure. */
export function classify(failure) {
  const code = [failure?.code, failure?.cause?.code].find((it) => typeof it === "string");
  const word = code ?? String(failure?.name ?? typeof failure);
  const chain = [];
  for (let it = failure; it && chain.length < 8 && !chain.includes(it); it = it.cause ?? it.errors?.[0]) chain.unshift(it);
  // Said by a body that ended early, with the code of the connection.
  if (chain.some((it) => /^(aborted|terminated|premature close)$/i.test(it.message))) return [BODY, word];
  for (const what of ["code", "name", "message"]) {
    for (const [pattern, kind] of RULES) {
      if (chain.some((it) => it[what] !== undefined && pattern.test(String(it[what])))) return [kind, word];
    }
  }
  return [OTHER, word];
}

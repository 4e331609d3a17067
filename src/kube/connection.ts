/** Why there was no answer: what Node says of a connection, in words, with a remedy. */

const tlsCodes =
  /^(ERR_TLS_|ERR_SSL_|ERR_OSSL_|CERT_|CRL_|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_|ERROR_IN_|EPROTO$|HOSTNAME_MISMATCH|INVALID_(CA|PURPOSE)|PATH_LENGTH)/;

/** Why there was no answer, where that can be told. */
export type ConnectionReason = 'tls' | 'dns' | 'refused' | 'timeout' | 'reset';

export const words: Readonly<Record<ConnectionReason, string>> = {
  tls: 'TLS failure',
  dns: 'the host name is not known',
  refused: 'connection refused',
  timeout: 'timed out',
  reset: 'connection lost',
};
export const remedies: Readonly<Record<ConnectionReason, string>> = {
  tls: "check the certificate authority in the kubeconfig against the server's certificate",
  dns: 'check the server address in the kubeconfig and the name service',
  refused: 'check that the API server runs and that address and port in the kubeconfig are right',
  timeout: 'check the network path to the API server, and its load',
  reset: 'check load balancers and proxies between here and the API server',
};

/** Node reports several tried addresses as one AggregateError; the code is on it, or on its first part. */
export function connectionCode(thrown: unknown): string {
  const { code, errors } = (thrown ?? {}) as { readonly code?: unknown; readonly errors?: readonly unknown[] };
  if (typeof code === 'string') return code;
  return errors?.length ? connectionCode(errors[0]) : '';
}

export function connectionReason(code: string): ConnectionReason | undefined {
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') return 'dns';
  if (code === 'ECONNREFUSED') return 'refused';
  if (code === 'ETIMEDOUT' || code === 'ESOCKETTIMEDOUT') return 'timeout';
  if (tlsCodes.test(code)) return 'tls';
  if (code === 'ECONNRESET' || code === 'EPIPE' || code === 'ERR_STREAM_PREMATURE_CLOSE' || code.startsWith('HPE_'))
    return 'reset';
  return undefined;
}

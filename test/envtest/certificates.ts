/**
 * The authority and serving certificate that kube-apiserver makes for itself at its first start. Everything else in the
 * control plane serves with the same pair: it is made for 127.0.0.1.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { rootCertificates } from 'node:tls';

export interface CertificateFiles {
  readonly folder: string;
  /** The serving certificate, and behind it the authority that signed it. */
  readonly certificate: string;
  readonly key: string;
}

/** The names are kube-apiserver's own in its --cert-dir. */
export function certificateFiles(folder: string): CertificateFiles {
  const certificates = join(folder, 'certificates');
  return {
    folder: certificates,
    certificate: join(certificates, 'apiserver.crt'),
    key: join(certificates, 'apiserver.key'),
  };
}

/** PEM of the authority; it is there once an API server has started. */
export function readAuthority({ certificate }: CertificateFiles): string {
  const chain = readFileSync(certificate, 'utf8').split(/(?=-----BEGIN )/);
  const authority = chain[1];
  if (authority === undefined) throw new Error(`no authority behind the certificate in ${certificate}`);
  return authority;
}

/** PEM of an authority that signed nothing here, for tests of who is trusted. */
export function foreignAuthority(): string {
  return rootCertificates[0] as string;
}

/**
 * Foreign text goes into messages only through here. Parsers quote what they parsed, proxies repeat headers, credential plugins say
 * anything: what looks like a credential is masked, at the price of now and then masking something harmless.
 */
import { textOf } from '../errors.ts';

/** For answers of servers: known shapes of credentials are masked, long names stay. */
export function withoutCredentials(text: string): string {
  return text
    .replace(/\b(bearer|basic)\s+[^\s"',;]+/gi, '$1 ***')
    .replace(/\b((?:set-)?cookie["']?\s*[:=])[^\r\n]*/gi, '$1 ***')
    .replace(/\beyJ[\w-]+\.[\w-]+(\.[\w-]*)?/g, '***')
    .replace(/-----BEGIN[\s\S]*?(-----END[^-]*-----|$)/g, '***');
}

/** For messages of credential plugins and files: long opaque words and named secrets are masked, too. */
export function withoutSecrets(text: string): string {
  return withoutCredentials(text)
    .replace(/\b((?:\w+[_-])?(?:token|password|passwd|secret|api[_-]?key)["']?\s*[:=]\s*["']?)[^\s"',;]+/gi, '$1***')
    .replace(/[\w+/=-]{40,}/g, (word) => (isPath(word) ? word : '***'))
    .slice(0, 500);
}

/** The file that can't be read must be told; base64 has longer pieces between its slashes. */
const isPath = (word: string): boolean => /^(?:\/[\w-]{1,31})+\/?$/.test(word);

/** What an error says, without the excerpts by which parsers show where they stopped. */
export function saying(thrown: unknown): string {
  if (thrown instanceof SyntaxError) return 'invalid JSON';
  if (!(thrown instanceof Error)) return withoutSecrets(textOf(thrown));
  if (thrown.name === 'YAMLException') return `invalid YAML ${/\(\d+:\d+\)/.exec(thrown.message)?.[0] ?? ''}`.trim();
  return withoutSecrets(thrown.message);
}

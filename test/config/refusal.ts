/** What a call is refused for, for tests of configuration. */
import assert from 'node:assert/strict';
import type { ConfigIssue } from '../../src/config/issue.ts';
import { isKubeCheckError, type KubeCheckError } from '../../src/errors.ts';

export function refusalOf(call: () => unknown): KubeCheckError {
  try {
    call();
  } catch (error) {
    assert.ok(isKubeCheckError(error, 'CONFIG_INVALID'), `another error: ${error}`);
    return error;
  }
  return assert.fail('not refused');
}

export const issuesOf = (call: () => unknown): readonly ConfigIssue[] =>
  refusalOf(call).details['issues'] as readonly ConfigIssue[];

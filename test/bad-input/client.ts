/** A client whose kubeconfig becomes wrong while it runs, and right again: each unit says why, and nothing is lost. */
import assert from 'node:assert/strict';
import { type ErrorCode, formatReport, type KubeConfigLike } from '../../src/index.ts';
import { failuresOf } from './play.ts';
import type { Scene } from './scene.ts';
import { createSubject } from './subject.ts';

export interface WrongClient {
  readonly wrong: KubeConfigLike;
  /** @defaultValue the scene's own */
  readonly right?: KubeConfigLike;
  readonly code: ErrorCode;
  readonly reason?: 'tls' | 'refused';
  readonly message: RegExp;
  readonly remedy: RegExp;
  /** The service check of the whole. */
  readonly status: 'critical' | 'unknown';
}

export async function playWrongClient(scene: Scene, client: WrongClient): Promise<void> {
  const { wrong, right = scene.kubeConfig, code, reason, message, remedy, status } = client;
  let current = right;
  // As client-node does it with files that change: what is valid now is asked for at each request.
  const kubeConfig: KubeConfigLike = {
    getCurrentCluster: () => current.getCurrentCluster(),
    applyToHTTPSOptions: (options) => current.applyToHTTPSOptions(options),
  };
  await using subject = createSubject(scene, { kubeConfig });
  await scene.addEvents(3);
  const first = await subject.run();
  assert.ok(first.ok, formatReport(first));

  current = wrong;
  await scene.addEvents(2);
  const report = await subject.run();
  const failures = failuresOf(report);
  assert.ok(failures.has('control-plane') && failures.has('events'), formatReport(report));
  for (const error of failures.values()) {
    assert.deepEqual([error.code, error.details['reason']], [code, reason]);
    assert.match(error.message, message);
    assert.match(error.remedy ?? 'none', remedy);
  }
  assert.equal(subject.sender.serviceChecks.filter(({ tags }) => tags === undefined).at(-1)?.status, status);

  current = right;
  await scene.addEvents(1);
  const after = await subject.run();
  assert.ok(after.ok, formatReport(after));
  await subject.assertAllOnce();
}

/**
 * Tests on the real control plane. Where its binaries are missing they are reported as skipped, with one line on what is
 * missing; with KASC_REAL=required (CI) that is a failure.
 */
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { type Binary, findAssets } from './assets.ts';
import { basicBinaries, type ControlPlane, type ControlPlaneOptions, startControlPlane } from './control-plane.ts';

const TEST_DEADLINE_MS = 180_000;

export interface RealServerTestOptions extends ControlPlaneOptions {
  /** Binaries besides etcd and kube-apiserver. */
  readonly needs?: readonly Binary[];
  /** @defaultValue 180000 */
  readonly timeoutMs?: number;
}

/** A test on a control plane of its own, which ends with it. Several short ones share a plane as subtests: `t.test(...)`. */
export function realServerTest(
  title: string,
  options: RealServerTestOptions,
  body: (plane: ControlPlane, t: TestContext) => Promise<void>,
): void {
  const { needs = [], timeoutMs: timeout = TEST_DEADLINE_MS, ...planeOptions } = options;
  const assets = findAssets([...basicBinaries, ...needs]);
  if ('folder' in assets) {
    test(title, { timeout }, async (t) => {
      await using plane = await startControlPlane(planeOptions);
      // A body that hangs at its deadline would hold the plane, and the plane's connections the process.
      t.signal.addEventListener('abort', () => void plane[Symbol.asyncDispose]());
      await body(plane, t);
    });
  } else if (process.env['KASC_REAL'] === 'required') {
    test(title, () => assert.fail(assets.missing));
  } else {
    test(title, { skip: assets.missing }, () => {});
  }
}

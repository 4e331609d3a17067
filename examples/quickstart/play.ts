/** Plays the story: a fake API server, a fake clock, a sender that records; the check is the real one. */
import { KubeASCheck, type RunReport } from 'kube-apiserver-check';
import { FakeApiServer, ManualClock, type RecordedBatch, RecordingSender } from 'kube-apiserver-check/testing';
import { balance } from './balance.ts';
import { formatBlock } from './block.ts';
import { clusterLife } from './cluster-life.ts';
import { bridged, cameAgain, refused } from './findings.ts';
import { type Scene, scenes, type World } from './story.ts';

const startAtMs = Date.UTC(2026, 0, 1, 9);
const minuteMs = 60_000;

/** Resolves to whether the sum at the end holds. */
export async function playStory(print: (line: string) => void): Promise<boolean> {
  const clock = new ManualClock({ startAtMs });
  const server = await new FakeApiServer({ clock, firstVersion: '18200' }).start();
  const sender = new RecordingSender();
  const reports: RunReport[] = [];
  const newCheck = () =>
    new KubeASCheck({ kubeConfig: server.kubeConfig(), sender, clock, config: { leader: { skip: true }, events: {} } });
  let check = newCheck();
  let processes = 1;

  const world: World = {
    server,
    cluster: clusterLife(server, clock),
    wait: (seconds) => clock.advance(seconds * 1000),
    // Two commits a run: checks and gauges, then events.
    refuseCommits: (why) => sender.rejectNext(2, { error: new Error(why) }),
    killProcess() {
      // Left as it stands, without stop().
      check = newCheck();
      processes++;
    },
  };

  const play = async (scene: Scene): Promise<void> => {
    const tokenBefore = storedToken(server);
    const earlier = sender.batches;
    const before = reports.at(-1);
    await scene.happens(world);
    await clock.advance(startAtMs + scene.atMinute * minuteMs - clock.nowMs());
    const report = await clock.runUntil(check.run(), { idle: () => server.idle() });
    reports.push(report);
    const batches: readonly RecordedBatch[] = sender.batches.slice(earlier.length);
    const findings = [
      ...refused(batches),
      ...cameAgain(earlier, batches),
      ...bridged(report, before, server.eventVersions, sender.committedSourceIds()),
    ];
    const token = storedToken(server);
    print(formatBlock({ ...scene, process: processes, report, batches, findings, tokenBefore, token }));
  };

  try {
    introduce(print);
    for (const scene of scenes) await play(scene);
    await check.stop();
  } finally {
    await server.close();
  }
  const made = server.eventVersions.map(({ id }) => id);
  const sum = balance({
    made,
    committed: sender.committedSourceIds(),
    ledgers: reports.map(({ events }) => events.ledger),
  });
  print(
    `\nversions made by the server ${sum.made} = delivered ${sum.delivered} + filtered ${sum.filtered}, ` +
      `${sum.lost} lost, ${sum.twice} twice${sum.holds ? '' : ': THIS DOES NOT HOLD'}`,
  );
  return sum.holds;
}

function introduce(print: (line: string) => void): void {
  print(`kube-apiserver-check: ${scenes.at(-1)?.atMinute} minutes in the life of a small cluster

A fake API server on this machine, a fake clock, a sender that records; the check is the real one.
One block a run; every number in it was counted.

  checks   what the control plane says of itself, as service checks
  gauges   how much of a cluster quota is used
  events   one line an object: the title that is sent, and the events in it (×n: n versions)
  books    where each version of an event that was read has gone
  token    how far everything is delivered: kept in a ConfigMap on the cluster, moved after a commit`);
}

/** As another process would find it. */
function storedToken(server: FakeApiServer): string | undefined {
  const data = server.configMap({ name: 'kube-apiserver-check' })?.['data'];
  return (data as Readonly<Record<string, string>> | undefined)?.['event.tokenKey'];
}

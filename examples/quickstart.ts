/**
 * `npm start`: ten minutes in the life of a small cluster, told run by run on a fake API server and a fake clock. Exits 1 if an event was
 * lost or came twice. With `--kubeconfig` it does one run on a real cluster instead.
 */
import { parseArguments, usage, WrongArgument } from './quickstart/arguments.ts';
import { playStory } from './quickstart/play.ts';
import { runOnCluster } from './quickstart/real-cluster.ts';

async function main(args: readonly string[]): Promise<number> {
  const asked = parseArguments(args);
  switch (asked.show) {
    case 'help':
      console.log(usage);
      return 0;
    case 'cluster':
      return (await runOnCluster(asked)) ? 0 : 1;
    case 'story': {
      const holds = await playStory((line) => console.log(line));
      console.log(
        '\nNext, one run on a cluster of yours: it writes nothing there, unless with --token-store configmap.',
      );
      console.log('  npm start -- --kubeconfig PATH [--context NAME]');
      return holds ? 0 : 1;
    }
  }
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof WrongArgument)) throw error;
  console.error(`${error.message}\n\n${usage}`);
  process.exitCode = 2;
}

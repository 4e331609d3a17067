/** The scenarios there are: the files of `scenarios/`, each with an export `scenario`. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Scenario } from './scenario.ts';

const folder = join(import.meta.dirname, 'scenarios');

export const scenarioNames: readonly string[] = readdirSync(folder)
  .filter((name) => name.endsWith('.ts'))
  .map((name) => name.slice(0, -'.ts'.length))
  .sort();

/** @throws for a name that there is not, with those there are */
export async function loadScenario(name: string): Promise<Scenario> {
  if (!scenarioNames.includes(name)) throw new Error(`no scenario ${name}: there are ${scenarioNames.join(', ')}`);
  const { scenario }: { readonly scenario: Scenario } = await import(pathToFileURL(join(folder, `${name}.ts`)).href);
  if (scenario.name !== name) throw new Error(`scenarios/${name}.ts calls itself ${scenario.name}`);
  return scenario;
}

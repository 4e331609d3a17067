/** One row of the table of keys: two spellings, a shape in either, a meaning. Defaults are not here: they live in `resolve.ts` and below. */
import type { ControlPlaneOptions } from '../control-plane/options.ts';
import type { EventCollectorOptions } from '../events/options.ts';
import type { LeaderOptions } from '../leader/options.ts';
import type { QuotaOptions } from '../openshift/options.ts';
import type { KubeASCheckConfig } from './config.ts';
import type { Meaning } from './meaning.ts';
import { atLeast, boolean, largest, off, type Shape } from './shape.ts';

type Within<Unit extends string, Options> = `${Unit}.${Extract<keyof Options, string>}`;

/** A place in {@link KubeASCheckConfig}: a misspelt one does not compile. */
export type ConfigPath =
  | keyof KubeASCheckConfig
  | Within<'leader', LeaderOptions>
  | Within<'controlPlane', ControlPlaneOptions>
  | Within<'quotas', QuotaOptions>
  | Within<'events', EventCollectorOptions>
  | 'events.startFrom.agoMs';

export interface Key {
  /** Its name in YAML and JSON; a dot is a level. Absent: only code can say it. */
  readonly file?: string;
  readonly config: ConfigPath;
  /** In code. */
  readonly shape: Shape;
  /** Where a file says it in another way than code. */
  readonly inFile?: FileForm;
  /** What is asked of a value beyond its shape; the same in a file. */
  readonly meaning?: Meaning;
  /** One line for users, in Markdown. */
  readonly about: string;
  /** The default in words, where it is not a value. */
  readonly defaultWords?: string;
}

/** How a file's value becomes the config's (`undefined`: its default), and back, for the default that the documentation shows. */
export interface FileForm {
  readonly shape: Shape;
  /** What the number counts. */
  readonly unit?: 's';
  readonly toConfig: (value: unknown) => unknown;
  readonly fromConfig: (value: unknown) => unknown;
}

/** Whole seconds in the file, milliseconds in code. */
export function seconds(min: number): Pick<Key, 'shape' | 'inFile'> {
  return {
    shape: atLeast(min),
    inFile: {
      shape: atLeast(Math.ceil(min / 1000), Math.floor(largest / 1000)),
      unit: 's',
      toConfig: (value) => Number(value) * 1000,
      fromConfig: (value) => Number(value) / 1000,
    },
  };
}

/** As the Agent does, a file takes useless numbers, from `from` up to `min`, for "the default". Code just leaves the key out. */
export function defaultBelow(min: number, from: number): Pick<Key, 'shape' | 'inFile'> {
  return {
    shape: atLeast(min),
    inFile: {
      shape: atLeast(from),
      toConfig: (value) => (Number(value) < min ? undefined : value),
      fromConfig: (value) => value,
    },
  };
}

/** A unit: `true` or `false` in a file; `false` or the unit's own options in code. */
export const unitSwitch: Pick<Key, 'shape' | 'inFile'> = {
  shape: off,
  inFile: {
    shape: boolean,
    toConfig: (value) => (value === true ? {} : false),
    fromConfig: (value) => value !== false,
  },
};

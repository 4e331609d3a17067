import type { ObjectRef } from './sender.ts';

/** On the hot path: answer from memory, at once. A throw is warned of and means no tags. */
export interface TagProvider {
  globalTags?(): readonly string[];
  /** Asked for the involved object, and with kind `Namespace` for its namespace. */
  objectTags?(object: ObjectRef): readonly string[];
}

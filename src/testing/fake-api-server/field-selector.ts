/** Field selectors, parsed as strictly as the real server parses them, and matched against what it indexes of each resource. */
import { badRequest, Refusal } from './answer.ts';
import type { KubeObject } from './object.ts';
import type { Resource } from './resources.ts';

/** A parsed selector; an empty one matches everything. */
export interface FieldSelector {
  readonly empty: boolean;
  matches(object: KubeObject): boolean;
  /** The value that a field must have, if exactly one is asked for. */
  exact(field: string): string | undefined;
}

interface Term {
  readonly field: string;
  readonly equal: boolean;
  readonly value: string;
}

/** @throws Refusal 400 for a term that can't be read or a field that can't be selected by */
export function parseFieldSelector(text: string, resource: Resource): FieldSelector {
  const terms = splitTerms(text)
    .filter((term) => term !== '')
    .map((term) => parseTerm(term, text));
  for (const { field } of terms)
    if (!resource.selectable.includes(field)) throw new Refusal(badRequest(`field label not supported: ${field}`));
  return {
    empty: terms.length === 0,
    matches: (object) => {
      const fields = resource.fieldsOf(object);
      return terms.every(({ field, equal, value }) => ((fields[field] ?? '') === value) === equal);
    },
    exact: (wanted) => terms.find(({ field, equal }) => equal && field === wanted)?.value,
  };
}

/** At commas that no backslash stands before. */
function splitTerms(text: string): readonly string[] {
  const terms = [''];
  for (let index = 0; index < text.length; index++) {
    const character = text.charAt(index);
    if (character === ',') terms.push('');
    else terms[terms.length - 1] += character === '\\' ? text.slice(index, ++index + 1) : character;
  }
  return terms;
}

function parseTerm(term: string, whole: string): Term {
  const operator = /!=|==|=/.exec(term);
  if (!operator) throw new Refusal(badRequest(`invalid selector: '${whole}'; can't understand '${term}'`));
  return {
    field: term.slice(0, operator.index),
    equal: operator[0] !== '!=',
    value: unescapeValue(term.slice(operator.index + operator[0].length)),
  };
}

function unescapeValue(value: string): string {
  let text = '';
  for (let index = 0; index < value.length; index++) {
    const character = value.charAt(index);
    if (character === '=')
      throw new Refusal(badRequest(`invalid field selector: unescaped character in value: ${character.charCodeAt(0)}`));
    if (character === '\\') {
      index++;
      if (!'\\,='.includes(value.charAt(index)) || index === value.length)
        throw new Refusal(badRequest(`invalid field selector: invalid escape sequence: \\${value.charAt(index)}`));
    }
    text += value.charAt(index);
  }
  return text;
}

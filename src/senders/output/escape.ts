/**
 * What text from a cluster may not do to an output: break a line in two, drive a terminal, turn its direction, hide.
 * Everything that does not show is written as an escape, so that one record stays one line and the original can be told from it.
 */
import { replaceUnseen } from '../../quoted.ts';

export { escapeJson } from '../../quoted.ts';

const short: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };

/** For reading by people: `\n`, `\r`, `\t`, `\u202e`; a backslash of the text itself is doubled. */
export const escapeText = (text: string): string => replaceUnseen(text.replaceAll('\\', '\\\\'), short);

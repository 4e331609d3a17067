/** Foreign text in a message: in quotes, with the escapes of JSON, and not at length. `most` characters of it are shown, and that it goes on. */
export const quoted = (text: string, most = 40): string =>
  JSON.stringify(text.length > most ? `${text.slice(0, most)}…` : text);

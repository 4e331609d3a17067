/** Events that nobody asked for: a starting API server may tell of the service `kubernetes`, when it repairs its address. */
interface Named {
  readonly metadata: { readonly name: string };
}

export const isOfServer = ({ metadata: { name } }: Named): boolean => name.startsWith('kubernetes.');

/** Dependencies that are loaded when they are needed, and at once: importing this library must not pay for them, and no caller can wait. */
export const required = (name: string): unknown =>
  process.getBuiltinModule('node:module').createRequire(import.meta.url)(name);

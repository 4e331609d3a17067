/**
 * `npm run rbac`: prints the RBAC manifest of the default configuration with every unit switched on. With `-- --write` it becomes
 * deploy/rbac.yaml, which a test compares with the same output.
 */
import { writeFile } from 'node:fs/promises';
import { renderRbac } from '../src/index.ts';

const manifest = renderRbac({ controlPlane: {}, quotas: {}, events: {} });
if (process.argv.includes('--write')) await writeFile(new URL('../deploy/rbac.yaml', import.meta.url), manifest);
else process.stdout.write(manifest);

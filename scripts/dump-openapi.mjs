/** `npm run openapi:dump`: writes docs/openapi.json from what the controllers declare. A test compares the two. */
import 'reflect-metadata';
import { writeFileSync } from 'node:fs';
import { managementControllers } from '../dist/src/operations/management-controllers.js';
import { endpointsOf } from '../dist/src/operations/openapi/endpoints.js';
import { openApiText } from '../dist/src/operations/openapi/openapi-document.js';

writeFileSync(new URL('../docs/openapi.json', import.meta.url), openApiText(endpointsOf(managementControllers)));

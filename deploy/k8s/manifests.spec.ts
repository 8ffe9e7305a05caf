import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { Deployment } from 'kubernetes-models/apps/v1';
import { HorizontalPodAutoscaler } from 'kubernetes-models/autoscaling/v2';
import { Job } from 'kubernetes-models/batch/v1';
import { NetworkPolicy } from 'kubernetes-models/networking.k8s.io/v1';
import { PodDisruptionBudget } from 'kubernetes-models/policy/v1';
import { ConfigMap, Namespace, Secret, Service } from 'kubernetes-models/v1';
import { parse, parseAllDocuments } from 'yaml';
import { tryConfig } from '../../src/config/try-config.js';
import { builtInSources } from '../../src/sources/catalog.js';

const MODELS = {
  'apps/v1 Deployment': Deployment,
  'autoscaling/v2 HorizontalPodAutoscaler': HorizontalPodAutoscaler,
  'batch/v1 Job': Job,
  'networking.k8s.io/v1 NetworkPolicy': NetworkPolicy,
  'policy/v1 PodDisruptionBudget': PodDisruptionBudget,
  'v1 ConfigMap': ConfigMap,
  'v1 Namespace': Namespace,
  'v1 Secret': Secret,
  'v1 Service': Service,
};

interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string };
  readonly data?: Readonly<Record<string, string>>;
  readonly stringData?: Readonly<Record<string, string>>;
  readonly spec?: unknown;
}

const read = (file: string): string => readFileSync(join(import.meta.dirname, file), 'utf8');
const files = readdirSync(import.meta.dirname).filter((file) => file.endsWith('.yaml'));
const manifests = files
  .filter((file) => file !== 'kustomization.yaml' && file !== 'secret.yaml')
  .flatMap((file) => parseAllDocuments(read(file)).map((document) => document.toJS() as Manifest));
const named = (kind: string): readonly Manifest[] => manifests.filter((manifest) => manifest.kind === kind);
const environment = named('Secret')[0]?.stringData ?? {};

describe('the Kubernetes manifests', () => {
  test.each(manifests.map((manifest) => [`${manifest.apiVersion} ${manifest.kind}`, manifest.metadata.name, manifest]))(
    '%s %s is one that Kubernetes takes',
    (type, _name, manifest) => {
      const Model = MODELS[type as keyof typeof MODELS] as new (data: unknown) => { validate(): void };
      expect(() => new Model(manifest).validate()).not.toThrow();
    },
  );

  test('the schema check refuses a manifest with a wrong field', () => {
    const [deployment] = named('Deployment');
    const broken = { ...deployment, spec: { ...(deployment?.spec as object), selector: 'hookyard' } };
    expect(() => new Deployment(broken as never).validate()).toThrow(/selector/);
  });

  test('kustomization.yaml names every file, and none that is not there', () => {
    const { resources } = parse(read('kustomization.yaml')) as { resources: string[] };
    const expected = files.filter((file) => file !== 'kustomization.yaml' && file !== 'secret.example.yaml');
    expect(new Set(resources)).toEqual(new Set([...expected, 'secret.yaml']));
  });

  test.each(named('Deployment').map((manifest): [string, Manifest] => [manifest.metadata.name, manifest]))(
    '%s starts with a configuration that the router takes, and is asked where it answers',
    (_name, manifest) => {
      const { template } = manifest.spec as { template: { spec: { containers: Container[] } } };
      const [container] = template.spec.containers as [Container];
      const env = Object.fromEntries(container.env.map(({ name, value }) => [name, value]));
      const key = Buffer.alloc(32, 1).toString('base64');
      const config = tryConfig({
        catalogue: builtInSources,
        yaml: named('ConfigMap')[0]?.data?.['hookyard.yaml'],
        env: {
          ...environment,
          ...env,
          HOOKYARD_CONFIG: './hookyard.yaml',
          HOOKYARD_ENCRYPTION_KEY: key,
          HOOKYARD_API_KEY: 'k'.repeat(32),
          BILLING_SIGNING_SECRET: `whsec_${key}`,
        },
      });
      expect(config.declared.routes).toHaveLength(1);
      expect(config.migrate).toBe('never');
      expect(container.ports).toEqual([
        { name: 'http', containerPort: config.http.port },
        { name: 'management', containerPort: config.http.managementPort },
      ]);
      const probes = [container.startupProbe, container.livenessProbe, container.readinessProbe];
      expect(probes.map(({ httpGet }) => `${httpGet.port} ${httpGet.path}`)).toEqual([
        'management /health/startup',
        'management /health/live',
        'management /health/ready',
      ]);
    },
  );
});

interface Probe {
  readonly httpGet: { readonly path: string; readonly port: string };
}

interface Container {
  readonly env: readonly { readonly name: string; readonly value: string }[];
  readonly ports: readonly unknown[];
  readonly startupProbe: Probe;
  readonly livenessProbe: Probe;
  readonly readinessProbe: Probe;
}

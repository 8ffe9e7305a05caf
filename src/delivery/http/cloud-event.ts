import { publicId } from '../../database/ids.js';
import type { ClaimedDelivery } from '../../queue/claimed-delivery.js';
import { formAsJson } from '../../sources/parse-body.js';

export const CLOUD_EVENT_TYPE = 'application/cloudevents+json; charset=utf-8';

/**
 * An event as CloudEvents 1.0 structured JSON. The provider's JSON is spliced in byte for byte, so that 64-bit numbers and
 * key order survive; forms become JSON; anything else goes as `data_base64`. `formField`: where the sender puts JSON into a form.
 * https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/formats/json-format.md
 */
export function cloudEvent(delivery: ClaimedDelivery, body: Buffer, formField?: string): Buffer {
  const attributes = JSON.stringify({
    specversion: '1.0',
    id: publicId('evt', delivery.eventId),
    source: `/webhooks/${delivery.source}`,
    type: `${delivery.sourceType}.${delivery.type}`,
    time: (delivery.occurredAt ?? delivery.receivedAt).toISOString(),
    subject: delivery.subject,
    // Extension attributes: lower-case letters and digits only.
    externalid: delivery.externalId,
    tenant: delivery.tenant,
    apiversion: delivery.apiVersion,
    livemode: delivery.livemode,
    verified: delivery.verified ? undefined : false,
    receivedat: delivery.receivedAt.toISOString(),
    datacontenttype: delivery.bodyFormat === 'binary' ? delivery.contentType : 'application/json',
  });
  const head = attributes.slice(0, -1);
  switch (delivery.bodyFormat) {
    case 'json':
      return Buffer.concat([Buffer.from(`${head},"data":`), body, Buffer.from('}')]);
    case 'form':
      return Buffer.from(`${head},"data":${formAsJson(body, formField)}}`);
    case 'binary':
      return Buffer.from(`${head},"data_base64":"${body.toString('base64')}"}`);
  }
}

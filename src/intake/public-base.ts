/** `HOOKYARD_PUBLIC_URL`: where the outside world reaches us; some senders sign the URL they call. A class so that Nest can inject it. */
export class PublicBase {
  constructor(readonly url: string | undefined) {}
}

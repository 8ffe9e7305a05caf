/** Who speaks for a source, destination or route. Nobody else changes it, except that the file may take over from the API. */
export type DeclaredBy = 'file' | 'environment' | 'code' | 'api';

/* Whose a model is, told by its bare name: "claude-sonnet-4-5" is Anthropic's. */
#ifndef LLMC_PROVIDER_NAMES_H
#define LLMC_PROVIDER_NAMES_H

/*
 * Name of the provider's row, or NULL: not a name only one maker uses. Names with a '/' are NULL too: what stands
 * before it says where they are served.
 */
const char *llmc__provider_of_model(const char *bare_model);

#endif

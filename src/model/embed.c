#include "model/embed.h"

#include <string.h>

const char *llmc__embed_text(const llmc__embed_slice *slice, size_t index, size_t *len) {
    const llmc__embed_request *request = slice->request;
    size_t item = slice->items != NULL ? slice->items[index] : index;
    *len = request->lengths != NULL ? request->lengths[item] : strlen(request->texts[item]);
    return request->texts[item];
}

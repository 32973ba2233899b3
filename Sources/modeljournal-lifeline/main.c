// For programs that embed the server's supervision; `modeljournal` itself calls the same function.
#include "CLifeline.h"

int main(int argc, char *argv[]) { return modeljournal_lifeline_main(argc, argv); }

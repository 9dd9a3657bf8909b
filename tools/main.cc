// goodstanding: server, client, scenario runner and demo in one program.
#include "tools/command_line.h"

int main(int argc, char** argv) { return goodstanding::tools::RunTool(argc, argv); }

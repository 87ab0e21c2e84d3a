# The mock provider as a program. It reaches into the library for a port of its choice, hence the inner headers.
add_executable(llmclient-mock ${PROJECT_SOURCE_DIR}/src/mock/program/main.c)
target_link_libraries(llmclient-mock PRIVATE llmclient_mock llmc_flags)

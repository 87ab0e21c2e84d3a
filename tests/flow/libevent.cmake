# The host-loop test in a real event loop, where libevent is there (Debian: libevent-dev); else that test says it is skipped.
if(NOT TARGET PkgConfig::LIBEVENT)
  pkg_check_modules(LIBEVENT IMPORTED_TARGET libevent)
endif()
if(TARGET PkgConfig::LIBEVENT AND TARGET flow_test_host_loop_libevent)
  target_link_libraries(flow_test_host_loop_libevent PRIVATE PkgConfig::LIBEVENT)
  target_compile_definitions(flow_test_host_loop_libevent PRIVATE LLMC_HAVE_LIBEVENT)
endif()

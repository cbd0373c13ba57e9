# SPDX-License-Identifier: Apache-2.0

if(TARGET synwardd)
  install(TARGETS synwardd RUNTIME DESTINATION ${CMAKE_INSTALL_SBINDIR})
endif()
if(TARGET synwardctl)
  install(TARGETS synwardctl RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
endif()
# A configuration that is there already is somebody's work.
install(CODE "
  if(NOT EXISTS \"\$ENV{DESTDIR}/etc/synward/synward.conf\")
    file(INSTALL \"${CMAKE_SOURCE_DIR}/conf/synward.conf\"
      DESTINATION /etc/synward)
  endif()
  file(GLOB profiles \"${CMAKE_SOURCE_DIR}/conf/related/*.conf\")
  foreach(profile \${profiles})
    get_filename_component(name \${profile} NAME)
    if(NOT EXISTS \"\$ENV{DESTDIR}/etc/synward/related/\${name}\")
      file(INSTALL \${profile} DESTINATION /etc/synward/related)
    endif()
  endforeach()")

# The unit names the programs where they are installed.
install(CODE "
  file(READ \"${CMAKE_SOURCE_DIR}/systemd/synwardd.service\" unit)
  string(REPLACE \"/usr/sbin/\"
    \"\${CMAKE_INSTALL_PREFIX}/${CMAKE_INSTALL_SBINDIR}/\" unit \"\${unit}\")
  string(REPLACE \"/usr/bin/synwardctl\"
    \"\${CMAKE_INSTALL_PREFIX}/${CMAKE_INSTALL_BINDIR}/synwardctl\"
    unit \"\${unit}\")
  file(WRITE \"${CMAKE_BINARY_DIR}/synwardd.service\" \"\${unit}\")")
install(FILES ${CMAKE_BINARY_DIR}/synwardd.service
  DESTINATION /usr/lib/systemd/system)
install(FILES systemd/synward.sysusers
  DESTINATION /usr/lib/sysusers.d RENAME synward.conf)
install(FILES systemd/synward.tmpfiles
  DESTINATION /usr/lib/tmpfiles.d RENAME synward.conf)
install(PROGRAMS systemd/before-stop DESTINATION /usr/lib/synward)
foreach(section 5 7 8)
  install(DIRECTORY man/ DESTINATION ${CMAKE_INSTALL_MANDIR}/man${section}
    FILES_MATCHING PATTERN "*.${section}")
endforeach()
install(FILES completions/synwardctl.bash
  DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions
  RENAME synwardctl)
install(FILES completions/_synwardctl
  DESTINATION ${CMAKE_INSTALL_DATADIR}/zsh/vendor-completions)
install(DIRECTORY conf/grafana conf/prometheus
  DESTINATION ${CMAKE_INSTALL_DATADIR}/synward)

# Into a running system, not into a package's tree: what a package's scripts
# would do.  Without the user the unit can not start.
install(CODE "
  if(\"\$ENV{DESTDIR}\" STREQUAL \"\")
    foreach(command
        \"systemd-sysusers;/usr/lib/sysusers.d/synward.conf\"
        \"systemd-tmpfiles;--create;/usr/lib/tmpfiles.d/synward.conf\"
        \"journalctl;--update-catalog\")
      string(REPLACE \";\" \" \" said \"\${command}\")
      message(STATUS \"Running: \${said}\")
      execute_process(COMMAND \${command} RESULT_VARIABLE failed)
      if(failed)
        message(STATUS \"  it failed: \${failed}\")
      endif()
    endforeach()
  endif()")

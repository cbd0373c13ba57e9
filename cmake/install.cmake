# SPDX-License-Identifier: Apache-2.0
#
# What cmake --install puts where.  The target uninstall removes it again, and
# leaves what is the user's: see cmake/uninstall.cmake.

if(TARGET synwardd)
  install(TARGETS synwardd RUNTIME DESTINATION ${CMAKE_INSTALL_SBINDIR})
endif()
if(TARGET synwardctl)
  install(TARGETS synwardctl RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
endif()
# A configuration that is there already is somebody's work.
function(synward_install_conf file destination name)
  install(CODE "
    if(NOT EXISTS \"\$ENV{DESTDIR}${destination}/${name}\")
      file(INSTALL \"${file}\" DESTINATION \"${destination}\"
        RENAME \"${name}\")
    endif()")
endfunction()
synward_install_conf(${CMAKE_SOURCE_DIR}/conf/synward.conf
  /etc/synward synward.conf)
synward_install_conf(${CMAKE_SOURCE_DIR}/conf/logrotate
  /etc/logrotate.d synward)
file(GLOB profiles CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/conf/related/*.conf)
foreach(profile ${profiles})
  get_filename_component(name ${profile} NAME)
  synward_install_conf(${profile} /etc/synward/related ${name})
endforeach()

# A unit names the programs where they are installed.
function(synward_install_unit unit)
  install(CODE "
    file(READ \"${CMAKE_SOURCE_DIR}/systemd/${unit}.service\" unit)
    string(REPLACE \"/usr/sbin/\"
      \"\${CMAKE_INSTALL_PREFIX}/${CMAKE_INSTALL_SBINDIR}/\" unit \"\${unit}\")
    string(REPLACE \"/usr/bin/synwardctl\"
      \"\${CMAKE_INSTALL_PREFIX}/${CMAKE_INSTALL_BINDIR}/synwardctl\"
      unit \"\${unit}\")
    file(WRITE \"${CMAKE_BINARY_DIR}/${unit}.service\" \"\${unit}\")")
  install(FILES ${CMAKE_BINARY_DIR}/${unit}.service
    DESTINATION /usr/lib/systemd/system)
endfunction()

synward_install_unit(synwardd)
synward_install_unit(synward-hook)
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
# zsh of Debian reads the completions of packages from one folder, those of
# the administrator from another.
install(CODE "
  set(folder site-functions)
  if(CMAKE_INSTALL_PREFIX STREQUAL \"/usr\")
    set(folder vendor-completions)
  endif()
  file(INSTALL \"${CMAKE_SOURCE_DIR}/completions/_synwardctl\" DESTINATION
    \"\${CMAKE_INSTALL_PREFIX}/${CMAKE_INSTALL_DATADIR}/zsh/\${folder}\")")
install(DIRECTORY conf/grafana conf/prometheus
  DESTINATION ${CMAKE_INSTALL_DATADIR}/synward)
install(FILES doc/event.schema.json
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

configure_file(cmake/uninstall.cmake uninstall.cmake @ONLY)
add_custom_target(uninstall
  COMMAND ${CMAKE_COMMAND} -P ${CMAKE_BINARY_DIR}/uninstall.cmake
  USES_TERMINAL VERBATIM)

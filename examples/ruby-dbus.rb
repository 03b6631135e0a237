#!/usr/bin/ruby
# SPDX-FileCopyrightText: The iopriority authors
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Puts a process into the background: in Ruby with ruby-dbus (Debian: ruby-dbus): ./ruby-dbus.rb PID
#
# ruby-dbus cannot take a descriptor: what returns one (HoldPriority) never returns.
require 'dbus'

def explain(error)
  text = error.dbus_message ? error.dbus_message.params.first : error.message # (which has more than a person wants to know)
  case error.name
  when 'org.example.IoPriority.Error.Dismissed'
    'cancelled' # the person closed the dialog: no more is to be said
  when 'org.freedesktop.DBus.Error.AccessDenied', 'org.freedesktop.DBus.Error.InteractiveAuthorizationRequired'
    "not authorized: #{text}"
  else
    "failed: #{text}"
  end
end

word = ARGV.fetch(0, '0') # 0 is this process
pid = Integer(word, exception: false) or abort "failed: #{word} is not a process id"
begin
  object = DBus.system_bus.service('org.example.IoPriority').object('/org/example/IoPriority')
  plain = object['org.example.IoPriority']
  extended = object['org.example.IoPriority.Extended1']
  puts "before: #{plain.Get(pid).join(' ')}"
  # polkit may ask a person, and the answer takes as long as the person does: ruby-dbus waits without end. (It has no way to
  # set a message flag: the option does the same.)
  result, = extended.SetPriority('process', pid, 'idle', 0, { 'interactive' => true })
  puts "threads: #{result['threads']}"
  puts "after: #{plain.Get(pid).join(' ')}"
rescue DBus::Error => error
  abort explain(error)
end

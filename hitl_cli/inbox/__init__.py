"""The terminal as a device: what is asked, shown and answered.

socket   frames from and to the relay, over and over
model    what there is to answer: frames in, effects out (pure)
controls what is on the screen and what a key does (pure)
view     the model and the controls as lines of text (pure)
keys     the keyboard            app   the loop of the full screen
plain    the same model, spoken in lines, without a screen
"""
